// Never read: `go -modfile=../../../tests/engine/go.mod` builds this folder, so that there is one pin. Go wants a
// file of this name here to know where the module starts.
module slipway.test/calls
