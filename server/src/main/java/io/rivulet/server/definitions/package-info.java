/** The words in which people define topics and groups: on the command line and in a file. */
@NullMarked
package io.rivulet.server.definitions;

import org.jspecify.annotations.NullMarked;
