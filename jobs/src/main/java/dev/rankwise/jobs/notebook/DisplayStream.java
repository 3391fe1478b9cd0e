package dev.rankwise.jobs.notebook;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Lines of text and pieces of HTML in turn, as Zeppelin tells them apart: what follows {@code
 * %html} or {@code %text} at the begin of a line is of that kind, and a new block of the output.
 *
 * @see <a href="https://zeppelin.apache.org/docs/0.10.0/usage/display_system/basic.html">Zeppelin's
 *     display system</a>
 */
final class DisplayStream extends OutputStream {
  private final OutputStream target;
  private boolean html;
  private boolean begun;

  DisplayStream(OutputStream target) {
    this.target = target;
  }

  /** Begins a block of HTML; pieces are added to it until a line of text comes. */
  synchronized void beginHtml(String piece) throws IOException {
    put((begun ? "\n" : "") + "%html " + piece);
    html = true;
  }

  /** Adds to the block of HTML. */
  synchronized void html(String piece) throws IOException {
    if (!html) {
      beginHtml(piece);
    } else {
      put(piece);
    }
  }

  private void put(String text) throws IOException {
    target.write(text.getBytes(StandardCharsets.UTF_8));
    target.flush();
    begun = true;
  }

  @Override
  public synchronized void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int length) throws IOException {
    if (length == 0) {
      return;
    }
    if (html) {
      put("\n%text ");
      html = false;
    }
    target.write(bytes, from, length);
    begun = true;
  }

  @Override
  public synchronized void flush() throws IOException {
    target.flush();
  }
}
