/** The samples in deploy/ are what the systems that read them take. */
@NullMarked
package io.rivulet.server.deploy;

import org.jspecify.annotations.NullMarked;
