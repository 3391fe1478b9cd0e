package dev.rankwise.models.source;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Copies resources of the class path into files, up to a size. */
final class ClasspathResource {
  private static final int BLOCK = 1 << 16;

  private ClasspathResource() {}

  /** Where a resource lies, looked for by this thread's class loader and by ours. */
  static Optional<URL> find(String name) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    URL found = context == null ? null : context.getResource(name);
    return Optional.ofNullable(
        found == null ? ClasspathResource.class.getClassLoader().getResource(name) : found);
  }

  /**
   * Copies a resource into a new file.
   *
   * @param remedy what to do where it is missing
   * @throws CorruptFileException if it is larger than {@code maximumBytes}
   */
  static void copy(String name, Path target, long maximumBytes, String remedy) {
    URL resource =
        find(name)
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Resource %s is not on the class path; %s".formatted(name, remedy)));
    try {
      URLConnection connection = resource.openConnection();
      // A cached connection would keep the jar open and fail when another user of it closes it.
      connection.setUseCaches(false);
      try (InputStream in = connection.getInputStream();
          OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
        copy(name, in, out, maximumBytes);
      }
    } catch (IOException e) {
      throw FileFailure.writing(target, e);
    }
  }

  private static void copy(String name, InputStream in, OutputStream out, long maximumBytes)
      throws IOException {
    byte[] block = new byte[BLOCK];
    long total = 0;
    for (int count = in.read(block); count >= 0; count = in.read(block)) {
      total += count;
      if (total > maximumBytes) {
        throw new CorruptFileException(
            ("Resource %s of the class path has more than %s bytes, the most that is "
                    + "read; use the right jar")
                .formatted(name, maximumBytes));
      }
      out.write(block, 0, count);
    }
  }
}
