/** SendMessage: validation, decoding, one engine call per request. */
@NullMarked
package io.rivulet.server.rocketmq.send;

import org.jspecify.annotations.NullMarked;
