/* The exchange as what it is: a transaction, which whoever has a connection carries. */
#ifndef OAUTH_EXCHANGE_H
#define OAUTH_EXCHANGE_H

#include "http/transaction.h"
#include "http/url.h"

/* pinetoken_exchange_init for a configuration that passed config_check; `url` is its token_url,
 * parsed. */
PINETOKEN_MUST_USE pinetoken_exchange *exchange_init(pinetoken_exchange_storage *storage,
                                                     const pinetoken_config *config,
                                                     const struct url *url, pinetoken_error *error);
struct transaction *exchange_transaction(pinetoken_exchange *exchange);

#endif
