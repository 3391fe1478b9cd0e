package dev.rankwise.datasets.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits CSV into records, byte by byte and in bounded memory.
 *
 * <p>The rules are RFC 4180's: fields are parted by the delimiter, records by LF, CR LF or CR; a
 * field in double quotes may hold delimiters, line ends and doubled quotes. A quote inside an
 * unquoted field is plain text. Blank lines are no records. A byte order mark is dropped.
 *
 * <p>A quote that is never closed would swallow the rest of the file: its line is then handed on as
 * malformed and reading goes on with the line after it. A record over the limit is skipped without
 * being held.
 */
final class CsvRecords implements AutoCloseable {
  private static final int END = -1;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private enum State {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_IN_QUOTED
  }

  private final InputStream opened;
  private final byte delimiter;
  private final int maximumRecordBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private InputStream in;
  private int buffered;
  private int next;

  private final ByteArrayOutputStream record = new ByteArrayOutputStream();
  private final ByteArrayOutputStream field = new ByteArrayOutputStream();
  private List<byte[]> fields = new ArrayList<>();
  private State state = State.FIELD_START;
  private long recordBytes;
  private boolean fieldQuoted;
  private boolean malformed;
  private long line = 1;
  private long recordLine = 1;
  private int previous;

  CsvRecords(InputStream in, char delimiter, int maximumRecordBytes) throws IOException {
    this.opened = in;
    this.in = in;
    this.delimiter = (byte) delimiter;
    this.maximumRecordBytes = maximumRecordBytes;
    byte[] start = in.readNBytes(BYTE_ORDER_MARK.length);
    if (!Arrays.equals(start, BYTE_ORDER_MARK)) {
      System.arraycopy(start, 0, buffer, 0, start.length);
      buffered = start.length;
    }
  }

  /** The next record, or null at the end. */
  CsvRecord next() throws IOException {
    while (true) {
      startRecord();
      int value = read();
      while (value != END && !endsRecord(value)) {
        keep(value);
        accept(value);
        value = read();
      }
      if (value == END && recordBytes == 0) {
        return null;
      }
      if (value == END && state == State.QUOTED && recordBytes <= maximumRecordBytes) {
        return afterOpenQuote();
      }
      if (value == '\r' && peek() == '\n') {
        read();
      }
      if (recordBytes > 0) {
        return finished();
      }
    }
  }

  /**
   * The line of the file on which the record begins that {@link #next} gave last; the first is 1.
   */
  long line() {
    return recordLine;
  }

  @Override
  public void close() throws IOException {
    opened.close();
  }

  private void startRecord() {
    record.reset();
    field.reset();
    fields = new ArrayList<>();
    state = State.FIELD_START;
    recordBytes = 0;
    recordLine = line;
    fieldQuoted = false;
    malformed = false;
  }

  private boolean endsRecord(int value) {
    return state != State.QUOTED && (value == '\n' || value == '\r');
  }

  private void keep(int value) {
    recordBytes++;
    if (recordBytes <= maximumRecordBytes) {
      record.write(value);
    }
  }

  private void accept(int value) {
    switch (state) {
      case FIELD_START, PLAIN -> {
        if (value == delimiter) {
          endField();
        } else if (value == '"' && state == State.FIELD_START) {
          state = State.QUOTED;
          fieldQuoted = true;
        } else {
          append(value);
          state = State.PLAIN;
        }
      }
      case QUOTED -> {
        if (value == '"') {
          state = State.QUOTE_IN_QUOTED;
        } else {
          append(value);
        }
      }
      case QUOTE_IN_QUOTED -> {
        if (value == '"') {
          append(value);
          state = State.QUOTED;
        } else if (value == delimiter) {
          endField();
        } else {
          malformed = true;
        }
      }
    }
  }

  private void append(int value) {
    if (recordBytes <= maximumRecordBytes) {
      field.write(value);
    }
  }

  private void endField() {
    fields.add(field.size() == 0 && !fieldQuoted ? null : field.toByteArray());
    field.reset();
    fieldQuoted = false;
    state = State.FIELD_START;
  }

  private CsvRecord finished() {
    if (recordBytes > maximumRecordBytes) {
      return CsvRecord.broken(RejectionReason.TOO_LONG, hashOf(record.toByteArray()));
    }
    if (malformed) {
      return CsvRecord.broken(RejectionReason.MALFORMED_ROW, hashOf(record.toByteArray()));
    }
    endField();
    return CsvRecord.of(fields);
  }

  /** Gives up the first line of the record that ran into the end, and reads the others anew. */
  private CsvRecord afterOpenQuote() {
    byte[] bytes = record.toByteArray();
    int lineEnd = 0;
    while (lineEnd < bytes.length && bytes[lineEnd] != '\n' && bytes[lineEnd] != '\r') {
      lineEnd++;
    }
    in = new ByteArrayInputStream(bytes, lineEnd, bytes.length - lineEnd);
    buffered = 0;
    next = 0;
    line = recordLine;
    previous = END;
    return CsvRecord.broken(RejectionReason.MALFORMED_ROW, hashOf(Arrays.copyOf(bytes, lineEnd)));
  }

  private String hashOf(byte[] bytes) {
    return new ContentHash().add(bytes).add(recordBytes).hex();
  }

  private int read() throws IOException {
    int value = peek();
    if (value != END) {
      next++;
      if (value == '\r' || (value == '\n' && previous != '\r')) {
        line++;
      }
      previous = value;
    }
    return value;
  }

  private int peek() throws IOException {
    if (next == buffered) {
      buffered = Math.max(0, in.read(buffer, 0, buffer.length));
      next = 0;
    }
    return buffered == 0 ? END : buffer[next] & 0xFF;
  }
}
