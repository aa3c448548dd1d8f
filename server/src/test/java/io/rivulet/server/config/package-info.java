/** Tests of the settings. */
@NullMarked
package io.rivulet.server.config;

import org.jspecify.annotations.NullMarked;
