package io.rivulet.server.rest;

import java.time.Duration;

/**
 * Immutable. What REST calls may take.
 *
 * @param maxBodyBytes of one request
 * @param maxMessages in one answer
 * @param normalQueues that messages of a NORMAL topic may be spread over
 * @param maxReceiveTime how long a receive or a read may wait
 * @param maxRequestTime how long a request may wait for its reply
 * @param replyTopic the LITE topic whose lite topics replies come through
 * @param replyTtl how long a reply is kept that came too late
 * @param maxWaiting calls that wait at once
 */
public record RestConfig(
    int maxBodyBytes,
    int maxMessages,
    int normalQueues,
    Duration maxReceiveTime,
    Duration maxRequestTime,
    String replyTopic,
    Duration replyTtl,
    int maxWaiting) {}
