/** Tests of the file log. */
@NullMarked
package io.rivulet.storage.log;

import org.jspecify.annotations.NullMarked;
