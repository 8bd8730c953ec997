// Notes how requests and replies were written.

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

final class Seen implements ExecutionInterceptor {
    private final Set<String> types = new ConcurrentSkipListSet<>();

    /** The content types that were sent and received. */
    Set<String> types() {
        return types;
    }

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        context.httpRequest().firstMatchingHeader("Content-Type").ifPresent(types::add);
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
        context.httpResponse().firstMatchingHeader("Content-Type").ifPresent(types::add);
    }
}
