package dev.rankwise.datasets.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever writes rows need not be who runs the job: what a row may name, and what it may not. */
final class TestPictureFolder {
  private static final int MOST = 8;

  @TempDir Path home;

  private Path rows;
  private PictureFolder folder;

  @BeforeEach
  void write() throws IOException {
    rows = Files.createDirectories(home.resolve("rows/pictures")).getParent();
    Files.write(rows.resolve("a.png"), new byte[] {1});
    Files.write(rows.resolve("large.png"), new byte[MOST + 1]);
    Files.write(home.resolve("outside.png"), new byte[] {2});
    folder = new PictureFolder(rows.toUri().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png", "pictures/../a.png", "%s/rows/a.png", "file://%s/rows/a.png"})
  void aFileInTheFolderIsRead(String path) {
    assertThat(folder.read(path.formatted(home), MOST)).containsExactly(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside.png",
        "%s/outside.png",
        "pictures/../../outside.png",
        "file://%s/outside.png",
        "/etc/passwd",
        "/dev/zero",
        "pictures",
        "none.png",
        "webhdfs://localhost:1/a.png",
        "s3a://bucket/a.png",
        "ftp://localhost/a.png",
        "nosuch://host/a.png",
        "http://localhost/a.png",
        "a:b"
      })
  void nothingElseIs(String path) {
    refused(path.formatted(home), RejectionReason.PICTURE_UNREADABLE);
  }

  /** A pipe would never end. */
  @Test
  void aPipeIsNoFile() throws Exception {
    Path pipe = rows.resolve("pipe.png");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    refused("pipe.png", RejectionReason.PICTURE_UNREADABLE);
  }

  @Test
  void aLargeFileIsNotRead() {
    refused("large.png", RejectionReason.PICTURE_TOO_LARGE);
  }

  @Test
  void rowsInNoFolderNameFilesOfTheDefaultFileSystem() {
    String path = home.resolve("outside.png").toString();

    assertThat(PictureFolder.NONE.read(path, MOST)).containsExactly(2);
  }

  private void refused(String path, RejectionReason reason) {
    assertThatThrownBy(() -> folder.read(path, MOST))
        .isInstanceOfSatisfying(
            UnusableRow.class, told -> assertThat(told.reason()).isEqualTo(reason));
  }
}
