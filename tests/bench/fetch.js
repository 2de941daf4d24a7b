const body = JSON.stringify({client_id: process.env.PINECONE_CLIENT_ID, client_secret: process.env.PINECONE_CLIENT_SECRET, audience: "https://api.pinecone.io/", grant_type: "client_credentials"});
fetch(process.argv[2], {method: "POST", body, headers: {"Content-Type": "application/json", "X-Pinecone-Api-Version": "2025-04"}}).then(r => r.json()).then(r => console.log(r.access_token));
