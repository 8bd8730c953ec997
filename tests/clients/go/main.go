// The main path of streams and a function through the AWS SDK for Go, version 2.
//
// Ends with 0 if everything was as it should be, and says what was not otherwise.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const region = "us-east-1"

// within bounds the whole scenario: a server that does not answer must not keep it.
const within = 2 * time.Minute

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	endpoint := aws.String(os.Getenv("ENDPOINT"))
	web := transport()
	streams := kinesis.New(kinesis.Options{
		Region: region, BaseEndpoint: endpoint, Credentials: keys, HTTPClient: web,
	})
	functions := lambda.New(lambda.Options{
		Region: region, BaseEndpoint: endpoint, Credentials: keys, HTTPClient: web,
	})
	must(streamScenario(ctx, streams))
	must(functionScenario(ctx, streams, functions))
	fmt.Println("all was as it should be")
}

// transport trusts the certificate that CA names, if any, and nothing else then.
func transport() *http.Client {
	path := os.Getenv("CA")
	if path == "" {
		return &http.Client{}
	}
	pem, err := os.ReadFile(path)
	must(err)
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		must(fmt.Errorf("%s has no certificate", path))
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: trusted},
		ForceAttemptHTTP2: true,
	}}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// zipped is an archive with one file.
func zipped(name string, content []byte) ([]byte, error) {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	file, err := archive.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(content); err != nil {
		return nil, err
	}
	err = archive.Close()
	return buffer.Bytes(), err
}
