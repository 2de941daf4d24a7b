/* AWS-LC's arithmetic of points and its recoding of public scalars, as they are but for patches/.
 */
#include "source/ec_nistp.c" /* first: it brings openssl/target.h */
#include "source/wnaf.c"
