use std::{env, fs::File, io::BufReader, sync::Arc};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let mut roots = rustls::RootCertStore::empty();
    let mut file = BufReader::new(File::open(&arguments[2]).unwrap());
    roots.add_parsable_certificates(&rustls_pemfile::certs(&mut file).unwrap());
    let config = rustls::ClientConfig::builder().with_safe_defaults().with_root_certificates(roots).with_no_client_auth();
    let agent = ureq::builder().tls_config(Arc::new(config)).build();
    let body = serde_json::json!({
        "client_id": env::var("PINECONE_CLIENT_ID").unwrap(), "client_secret": env::var("PINECONE_CLIENT_SECRET").unwrap(),
        "audience": "https://api.pinecone.io/", "grant_type": "client_credentials",
    });
    let response = agent.post(&arguments[1]).set("X-Pinecone-Api-Version", "2025-04").send_json(body).unwrap();
    let token: serde_json::Value = response.into_json().unwrap();
    println!("{}", token["access_token"].as_str().unwrap());
}
