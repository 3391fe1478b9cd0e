package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestWorkFolder {

  @Test
  void clusterNeedsAFolderThatItsExecutorsReach() {
    for (String master : List.of("spark://host:7077", "yarn", "local-cluster[2,1,1024]")) {
      assertThatThrownBy(() -> fresh(master, ""))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot prepare rows on "
                  + master
                  + " without --work (the executors must reach them); set --work to a folder that"
                  + " the driver and all executors may write, such as hdfs:///tmp/rankwise");
    }
    assertThat(fresh("yarn", "file:/shared").path().toString()).startsWith("file:/shared/rankwise");
  }

  @Test
  void localMasterTakesJavasTemporaryFolder() {
    for (String master : List.of("local", "local[2]", "local[*]")) {
      assertThat(fresh(master, "").path().toString())
          .startsWith("file:" + Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
    }
  }

  @Test
  void folderOfNoFileSystemIsRefused() {
    assertThatThrownBy(() -> fresh("local", "nowhere:/x"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot use --work \"nowhere:/x\": ")
        .hasMessageEndingWith("; name a folder that the driver and all executors may write");
  }

  @Test
  void whatIsInItGoesWithIt(@TempDir Path parent) throws IOException {
    Path made;
    try (WorkFolder folder = fresh("yarn", parent.toUri().toString())) {
      made = Path.of(new org.apache.hadoop.fs.Path(folder.resolve("data")).toUri().getPath());
      Files.writeString(Files.createDirectories(made.resolve("a")).resolve("b"), "x");
      assertThat(parent).isNotEmptyDirectory();
    }
    assertThat(parent).isEmptyDirectory();
  }

  private static WorkFolder fresh(String master, String parent) {
    return WorkFolder.fresh(master, "--work", parent, new Configuration());
  }
}
