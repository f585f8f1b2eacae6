// Clock is a small HTTP service that tells the time in any zone.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	address := ":" + environment("PORT", "8080")
	server := &http.Server{Addr: address, Handler: routes(), ReadHeaderTimeout: 5 * time.Second}

	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	go func() {
		<-stop.Done()
		shutdown, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		_ = server.Shutdown(shutdown)
	}()

	log.Info("listening", "address", address, "commit", environment("COMMIT", "unknown"))
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Error("server stopped", "error", err)
		os.Exit(1)
	}
}

func routes() http.Handler {
	router := chi.NewRouter()
	router.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	router.Get("/time/*", tellTime)
	router.Get("/about", about)
	return router
}

// tellTime answers /time/Europe/Zurich.
func tellTime(w http.ResponseWriter, r *http.Request) {
	zone, err := time.LoadLocation(chi.URLParam(r, "*"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	answer(w, map[string]any{
		"request": uuid.NewString(),
		"zone":    zone.String(),
		"time":    time.Now().In(zone).Format(time.RFC3339),
	})
}

// about answers what the service's surroundings are like.
func about(w http.ResponseWriter, _ *http.Request) {
	authorities := 0
	if pool, err := x509.SystemCertPool(); err == nil {
		authorities = len(pool.Subjects()) //nolint:staticcheck // a system pool on Linux lists its subjects
	}
	readOnly := os.WriteFile("/written", nil, 0o600) != nil
	answer(w, map[string]any{
		"commit":         environment("COMMIT", "unknown"),
		"user":           os.Getuid(),
		"group":          os.Getgid(),
		"authorities":    authorities,
		"read_only_root": readOnly,
	})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func environment(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}
