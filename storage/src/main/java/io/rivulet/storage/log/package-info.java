/** The commit log in segment files: frames, group commit, recovery, room on the disk. */
@NullMarked
package io.rivulet.storage.log;

import org.jspecify.annotations.NullMarked;
