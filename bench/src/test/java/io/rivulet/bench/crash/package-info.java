/** A server killed at random moments under load: what it acknowledged still holds afterwards. */
@NullMarked
package io.rivulet.bench.crash;

import org.jspecify.annotations.NullMarked;
