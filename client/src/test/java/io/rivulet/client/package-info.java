/** Tests of the client against a small server in memory. */
@NullMarked
package io.rivulet.client;

import org.jspecify.annotations.NullMarked;
