package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTime(t *testing.T) {
	for path, want := range map[string]int{"/time/Europe/Zurich": 200, "/time/Nowhere": 404, "/healthz": 204} {
		recorder := httptest.NewRecorder()
		routes().ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != want {
			t.Errorf("%s: got %d, want %d: %s", path, recorder.Code, want, strings.TrimSpace(recorder.Body.String()))
		}
	}
}
