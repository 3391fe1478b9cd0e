package dev.rankwise.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class TestDisplayStream {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final DisplayStream display = new DisplayStream(written);
  private final PrintStream out = new PrintStream(display, true, StandardCharsets.UTF_8);

  private String written() {
    return written.toString(StandardCharsets.UTF_8);
  }

  @Test
  void textAloneIsLeftAsItIs() {
    out.print("Prepare\nTune\n");
    assertThat(written()).isEqualTo("Prepare\nTune\n");
  }

  @Test
  void eachKindBeginsOnALineOfItsOwn() throws IOException {
    out.print("Tune\n");
    display.beginHtml("<b>0</b>");
    display.html("<b>1</b>");
    out.print("Evaluate\n");
    out.print("Done\n");
    display.html("<b>2</b>");

    assertThat(written())
        .isEqualTo("Tune\n\n%html <b>0</b><b>1</b>\n%text Evaluate\nDone\n\n%html <b>2</b>");
  }

  @Test
  void aSecondBlockIsNotAddedToTheFirst() throws IOException {
    display.beginHtml("<b>1</b>");
    display.beginHtml("<b>2</b>");
    out.write(new byte[0]);
    out.write('x');

    assertThat(written()).isEqualTo("%html <b>1</b>\n%html <b>2</b>\n%text x");
  }
}
