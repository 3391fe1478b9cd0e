package dev.rankwise.pipeline.checkpoint;

import java.io.IOException;

/**
 * A file is there and can be read, but is not what was written. Where another {@link IOException}
 * may be gone at the next try, this one stays.
 */
final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedFileException(String message) {
    super(message);
  }
}
