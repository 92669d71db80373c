// Reads an eStargz layer with stargz-snapshotter's own package, for the end-to-end tests: the module has no program of its own.
// Prints a line for each entry: type, mode, owner, path, and for a file the SHA-256 of the content, read chunk by chunk.
//
//	stargz LAYER DIGEST-OF-TABLE
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/opencontainers/go-digest"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("expected LAYER DIGEST-OF-TABLE")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	status, err := file.Stat()
	if err != nil {
		log.Fatal(err)
	}
	reader, err := estargz.Open(io.NewSectionReader(file, 0, status.Size()))
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := reader.VerifyTOC(digest.Digest(os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	root, ok := reader.Lookup("")
	if !ok {
		log.Fatal("there is no root")
	}
	show(reader, verifier, root, "")
}

func show(reader *estargz.Reader, verifier estargz.TOCEntryVerifier, directory *estargz.TOCEntry, above string) {
	directory.ForeachChild(func(name string, entry *estargz.TOCEntry) bool {
		content := entry.LinkName
		if entry.Type == "reg" {
			content = sum(reader, verifier, entry)
		}
		fmt.Printf("%s\t%o\t%d:%d\t%s\t%s\n", entry.Type, entry.Mode, entry.UID, entry.GID, above+name, content)
		if entry.Type == "dir" {
			show(reader, verifier, entry, above+name+"/")
		}
		return true
	})
}

// sum reads a file as the snapshotter does: each chunk by itself, held against its digest.
func sum(reader *estargz.Reader, verifier estargz.TOCEntryVerifier, entry *estargz.TOCEntry) string {
	hash := sha256.New()
	content, err := reader.OpenFile(entry.Name)
	if err != nil {
		log.Fatal(err)
	}
	for offset := int64(0); offset < entry.Size; {
		chunk, ok := reader.ChunkEntryForOffset(entry.Name, offset)
		if !ok {
			log.Fatalf("%s: there is no chunk at %d", entry.Name, offset)
		}
		check, err := verifier.Verifier(chunk)
		if err != nil {
			log.Fatalf("%s: %v", entry.Name, err)
		}
		part := io.NewSectionReader(content, chunk.ChunkOffset, chunk.ChunkSize)
		if _, err := io.Copy(io.MultiWriter(hash, check), part); err != nil {
			log.Fatalf("%s: %v", entry.Name, err)
		}
		if !check.Verified() {
			log.Fatalf("%s: the chunk at %d is not what the table says", entry.Name, offset)
		}
		offset += chunk.ChunkSize
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
