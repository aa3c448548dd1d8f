/**
 * The loops that load programs run, whatever they send with. Kept beside the official client's
 * driver because they run in its process too.
 */
@NullMarked
package io.rivulet.bench.load;

import org.jspecify.annotations.NullMarked;
