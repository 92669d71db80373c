// Serves cuelabs' ociregistry from memory on a loopback port, for the end-to-end tests: the module has no program of its own.
//
//	ociregistry 127.0.0.1:PORT
package main

import (
	"log"
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected 127.0.0.1:PORT")
	}
	// Lists come in pages of two, so that the client has to follow links.
	registry := ociserver.New(ocimem.New(), &ociserver.Options{MaxListPageSize: 2})
	log.Fatal(http.ListenAndServe(os.Args[1], registry))
}
