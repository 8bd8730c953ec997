// The files of `js` that are compiled when they are asked for: their texts, and a list of them.
static const char assert_js[] = {
#embed "../js/assert.js"
    , 0};
static const char buffer_js[] = {
#embed "../js/buffer.js"
    , 0};
static const char console_js[] = {
#embed "../js/console.js"
    , 0};
static const char crypto_js[] = {
#embed "../js/crypto.js"
    , 0};
static const char encoding_js[] = {
#embed "../js/encoding.js"
    , 0};
static const char events_js[] = {
#embed "../js/events.js"
    , 0};
static const char fs_js[] = {
#embed "../js/fs.js"
    , 0};
static const char lambda_js[] = {
#embed "../js/lambda.js"
    , 0};
static const char module_js[] = {
#embed "../js/module.js"
    , 0};
static const char modules_js[] = {
#embed "../js/modules.js"
    , 0};
static const char os_js[] = {
#embed "../js/os.js"
    , 0};
static const char path_js[] = {
#embed "../js/path.js"
    , 0};
static const char process_js[] = {
#embed "../js/process.js"
    , 0};
static const char querystring_js[] = {
#embed "../js/querystring.js"
    , 0};
static const char stream_js[] = {
#embed "../js/stream.js"
    , 0};
static const char stream_base_js[] = {
#embed "../js/stream_base.js"
    , 0};
static const char stream_duplex_js[] = {
#embed "../js/stream_duplex.js"
    , 0};
static const char stream_pipeline_js[] = {
#embed "../js/stream_pipeline.js"
    , 0};
static const char stream_readable_js[] = {
#embed "../js/stream_readable.js"
    , 0};
static const char stream_writable_js[] = {
#embed "../js/stream_writable.js"
    , 0};
static const char string_decoder_js[] = {
#embed "../js/string_decoder.js"
    , 0};
static const char timers_js[] = {
#embed "../js/timers.js"
    , 0};
static const char url_js[] = {
#embed "../js/url.js"
    , 0};
static const char util_js[] = {
#embed "../js/util.js"
    , 0};
static const char web_js[] = {
#embed "../js/web.js"
    , 0};
static const char zlib_js[] = {
#embed "../js/zlib.js"
    , 0};

#define BUILTIN_LIST \
    BUILTIN(assert) \
    BUILTIN(buffer) \
    BUILTIN(console) \
    BUILTIN(crypto) \
    BUILTIN(encoding) \
    BUILTIN(events) \
    BUILTIN(fs) \
    BUILTIN(lambda) \
    BUILTIN(module) \
    BUILTIN(modules) \
    BUILTIN(os) \
    BUILTIN(path) \
    BUILTIN(process) \
    BUILTIN(querystring) \
    BUILTIN(stream) \
    BUILTIN(stream_base) \
    BUILTIN(stream_duplex) \
    BUILTIN(stream_pipeline) \
    BUILTIN(stream_readable) \
    BUILTIN(stream_writable) \
    BUILTIN(string_decoder) \
    BUILTIN(timers) \
    BUILTIN(url) \
    BUILTIN(util) \
    BUILTIN(web) \
    BUILTIN(zlib)
