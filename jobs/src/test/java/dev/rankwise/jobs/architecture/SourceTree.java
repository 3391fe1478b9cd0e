package dev.rankwise.jobs.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The files of the checkout, without what a build or a run has written. */
final class SourceTree {

  private static final Set<String> OUTPUT =
      Set.of(".git", ".idea", ".vscode", "target", "runs", "spark-warehouse", "metastore_db");

  private final Path root;

  private SourceTree(Path root) {
    this.root = root;
  }

  /**
   * The checkout around the working directory: the nearest folder above that holds {@code .mvn}.
   */
  static SourceTree ofCheckout() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return new SourceTree(folder);
  }

  static SourceTree at(Path root) {
    return new SourceTree(root);
  }

  Path root() {
    return root;
  }

  /** All files whose name ends in one of the endings, in the order of their paths. */
  List<Path> files(String... endings) {
    Set<Path> found = new TreeSet<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              return OUTPUT.contains(folder.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = file.getFileName().toString();
              for (String ending : endings) {
                if (name.endsWith(ending)) {
                  found.add(file);
                }
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ArrayList<>(found);
  }

  /** The path of a file as the reader knows it: from the root, with slashes. */
  String name(Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  static List<String> lines(Path file) {
    return text(file).lines().toList();
  }
}
