// Dice throws dice: GET /throw.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/uuid"
)

func main() {
	server := &http.Server{Addr: ":8080", Handler: routes(), ReadHeaderTimeout: 5 * time.Second}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		<-stop.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /throw", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"id": uuid.NewString(), "eyes": rand.IntN(6) + 1})
	})
	mux.HandleFunc("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		home, _ := os.UserHomeDir()
		answer(w, map[string]any{"user": os.Getuid(), "group": os.Getgid(), "home": home})
	})
	return mux
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
