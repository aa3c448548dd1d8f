/** Settings: what there is to set, where a value came from, and one record per room. */
@NullMarked
package io.rivulet.server.config;

import org.jspecify.annotations.NullMarked;
