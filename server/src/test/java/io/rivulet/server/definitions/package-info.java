/** Tests of the words in which topics and groups are defined. */
@NullMarked
package io.rivulet.server.definitions;

import org.jspecify.annotations.NullMarked;
