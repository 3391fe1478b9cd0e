package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.remote.HubServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bases of a hub and of another file system, named in a recipe and on the command line. */
@Tag("spark")
final class TestBasesElsewhere {
  private static final String NAME = "hf:" + HubServer.REPOSITORY;

  @TempDir Path folder;
  private Path base;
  private HubServer server;

  @BeforeEach
  void startAHub() throws IOException {
    base = TinyBase.withPooler(folder, 5);
    server = new HubServer();
    server.add(base);
    System.setProperty("HF_ENDPOINT", server.endpoint());
    System.setProperty("HF_HOME", folder.resolve("hub home").toString());
  }

  @AfterEach
  void stopTheHub() {
    System.clearProperty("HF_ENDPOINT");
    System.clearProperty("HF_HOME");
    server.close();
  }

  @Test
  void theAdapterIsTheSameWhereverItsBaseLies() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(120));
    String here = tuned("here", TicketRecipe.write(folder, base, rows));

    assertThat(tuned("hub", TicketRecipe.write(folder, NAME, rows))).isEqualTo(here);
    assertThat(server.asked("/signed/model.safetensors")).isEqualTo(1);
    String link = "spark.hadoop.fs.viewfs.mounttable.tiny.link./bases=" + base.getParent().toUri();
    String name = "viewfs://tiny/bases/" + base.getFileName();
    assertThat(tuned("copied", TicketRecipe.write(folder, name, rows), link)).isEqualTo(here);

    CommandRun again = CommandRun.of("evaluate", folder.resolve("hub").toString()).endedWith(0);
    assertThat(again.out()).contains("accuracy");
  }

  @Test
  void inspectTellsOfABaseByItsName() {
    CommandRun run = CommandRun.of("inspect", NAME).endedWith(0);

    assertThat(run.out())
        .contains("Base " + NAME + "@" + HubServer.COMMIT, "vocabulary            30,522");
    assertThat(CommandRun.of("inspect", "minilm").endedWith(0).out()).contains("Base minilm");
  }

  @Test
  void aBaseThatIsNotThereEndsWithTheInputsCode() throws IOException {
    server.next("/revision/main", HubServer.status(404));
    Path rows = Tickets.write(folder, Tickets.csv(8));
    Path recipe = TicketRecipe.write(folder, NAME, rows).file();

    CommandRun run = CommandRun.of("validate", recipe.toString()).endedWith(2);

    assertThat(run.error()).contains("has no hf:org/tiny@main (HTTP 404)");
    CommandRun.of("validate", recipe.toString()).endedWith(0);
  }

  @Test
  void damagedContentEndsWithTheFilesCode() {
    byte[] other = new byte[server.content("model.safetensors").length];
    server.next("/signed/model.safetensors", HubServer.body(other, other.length));

    CommandRun run = CommandRun.of("inspect", NAME).endedWith(4);

    assertThat(run.error()).contains("File model.safetensors of hf:org/tiny@");
  }

  /**
   * Hash of the adapter's numbers: the file's header before them names the base as the user did.
   */
  private String tuned(String name, TicketRecipe recipe, String... settings) throws Exception {
    Path run = folder.resolve(name);
    recipe.run("tune", run, settings).endedWith(0);
    byte[] weights = Files.readAllBytes(run.resolve("adapter").resolve(PeftDirectory.WEIGHTS));
    ByteBuffer file = ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN);
    int numbers = Long.BYTES + Math.toIntExact(file.getLong());
    return Sha256.ofBytes(Arrays.copyOfRange(weights, numbers, weights.length));
  }
}
