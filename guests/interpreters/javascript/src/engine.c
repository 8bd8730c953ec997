// QuickJS as one unit, compiled as it is, but for one setting: it does not bound its stack where the target is WASI. Here
// it shall, so that endless recursion is a RangeError that a function can catch, not the end of the instance.
//
// Its clock is the host's. That of the C library under it stands still where modules are packed here.
#define gettimeofday host_gettimeofday
#define clock_gettime host_clock_gettime
#include "cutils.h"

#undef __wasi__
#define __STDC_NO_ATOMICS__ 1
#include "quickjs.c"
