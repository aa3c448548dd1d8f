/** The telemetry stream: settings in, settings out. */
@NullMarked
package io.rivulet.server.rocketmq.settings;

import org.jspecify.annotations.NullMarked;
