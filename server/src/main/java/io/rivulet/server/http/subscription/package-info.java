/**
 * Subscriptions of the Durable Streams protocol: whoever is woken by a webhook or by a message in a
 * wake stream when something new is in the streams that they follow.
 */
@NullMarked
package io.rivulet.server.http.subscription;

import org.jspecify.annotations.NullMarked;
