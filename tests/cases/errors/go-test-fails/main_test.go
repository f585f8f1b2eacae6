package main

import "testing"

func TestTwo(t *testing.T) {
	if two() != 2 {
		t.Error("two is not 2")
	}
}
