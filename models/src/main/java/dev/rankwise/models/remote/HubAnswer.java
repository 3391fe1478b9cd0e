package dev.rankwise.models.remote;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What came back for one request, redirects followed.
 *
 * @param status 200, 206 (from the byte that was asked for) or 416 (there is no such byte)
 * @param hash what the hub itself says that the file holds
 * @param first number of the body's first byte in the file
 * @param total bytes of the whole file, if the answer says so
 * @param connection holds the body
 */
record HubAnswer(
    int status,
    Optional<BlobHash> hash,
    long first,
    OptionalLong total,
    HttpURLConnection connection)
    implements AutoCloseable {
  private static final Pattern RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

  /**
   * Reads the headers of a last answer.
   *
   * @param hash what the hub said on the way
   */
  static HubAnswer of(HttpURLConnection connection, Optional<BlobHash> hash) throws IOException {
    int status = connection.getResponseCode();
    if (status == HttpURLConnection.HTTP_PARTIAL) {
      String range = String.valueOf(connection.getHeaderField("Content-Range"));
      Matcher matcher = RANGE.matcher(range);
      if (!matcher.matches()) {
        throw new IOException("an answer without the range that it holds");
      }
      OptionalLong total =
          matcher.group(2).equals("*")
              ? OptionalLong.empty()
              : OptionalLong.of(Long.parseLong(matcher.group(2)));
      return new HubAnswer(status, hash, Long.parseLong(matcher.group(1)), total, connection);
    }
    long length = status == HttpURLConnection.HTTP_OK ? connection.getContentLengthLong() : -1;
    OptionalLong total = length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    return new HubAnswer(status, hash, 0, total, connection);
  }

  InputStream body() throws IOException {
    return connection.getInputStream();
  }

  /** Ends the connection; what was not read of the body is not wanted. */
  @Override
  public void close() {
    connection.disconnect();
  }
}
