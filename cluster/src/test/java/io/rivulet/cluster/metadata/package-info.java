/** Stores of metadata under test. */
@NullMarked
package io.rivulet.cluster.metadata;

import org.jspecify.annotations.NullMarked;
