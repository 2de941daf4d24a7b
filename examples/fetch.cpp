// A token in C++.
//   fetch CLIENT_ID [TOKEN_URL CA_FILE]     the secret in PINECONE_CLIENT_SECRET
//   c++ fetch.cpp $(pkg-config --cflags --libs pinetoken)
#include <pinetoken.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

std::string fetch(const std::string &client_id, const std::string &secret, const char *url, const char *ca_file) {
    auto give = [](void *user, pinetoken_span *span) {
        const auto *text = static_cast<const std::string *>(user);
        *span = pinetoken_span{text->data(), text->size()};
        return true;
    };
    pinetoken_config config;
    pinetoken_error error;
    pinetoken_token token;
    pinetoken_config_init(&config);
    config.client_id = client_id.c_str();
    config.secret = give;
    config.user = const_cast<std::string *>(&secret);
    config.token_url = url != nullptr ? url : config.token_url;
    config.ca_file = ca_file;
    std::unique_ptr<pinetoken, decltype(&pinetoken_free)> client(pinetoken_new(&config, &error), pinetoken_free);
    if (!client || pinetoken_fetch(client.get(), 30000, &token, &error) != PINETOKEN_OK) {
        std::string advice = error.advice;
        throw std::runtime_error(error.message + (advice.empty() ? "" : " (" + advice + ")"));
    }
    return std::string(token.access_token.data, token.access_token.size);
}

} // namespace

int main(int argc, char **argv) {
    const char *secret = std::getenv("PINECONE_CLIENT_SECRET");
    try {
        std::cout << fetch(argc > 1 ? argv[1] : "", secret != nullptr ? secret : "", argc == 4 ? argv[2] : nullptr,
                           argc == 4 ? argv[3] : nullptr)
                  << "\n";
    } catch (const std::exception &failure) {
        std::cerr << failure.what() << "\n";
        return 1;
    }
}
