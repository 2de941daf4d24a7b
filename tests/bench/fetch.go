package main

import ("bytes"; "crypto/tls"; "crypto/x509"; "encoding/json"; "fmt"; "net/http"; "os")

func main() {
	pem, _ := os.ReadFile(os.Args[2])
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	body, _ := json.Marshal(map[string]string{"client_id": os.Getenv("PINECONE_CLIENT_ID"), "client_secret": os.Getenv("PINECONE_CLIENT_SECRET"), "audience": "https://api.pinecone.io/", "grant_type": "client_credentials"})
	request, _ := http.NewRequest("POST", os.Args[1], bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Pinecone-Api-Version", "2025-04")
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	response, err := client.Do(request)
	if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
	var answer struct { Token string `json:"access_token"` }
	json.NewDecoder(response.Body).Decode(&answer)
	fmt.Println(answer.Token)
}
