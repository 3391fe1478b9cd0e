package dev.rankwise.models.remote;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.remote.RepositoryListing.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Fetches one file of a repository into the cache: it grows under a name of its own, goes on where
 * it was cut, now or in an earlier run, and gets its name once length and hash are right.
 */
final class BlobFetch {
  private static final int BLOCK = 1 << 18;

  /** A try that came so much further than all before does not count as failed. */
  private static final long PROGRESS = 1 << 20;

  private final HubClient client;
  private final Clock clock;
  private final HubCache cache;
  private final HubName pinned;
  private final String file;
  private OptionalLong bytes;
  private Optional<BlobHash> hash;

  /**
   * A file.
   *
   * @param pinned the repository at a commit
   * @param entry what the hub's listing says of the file
   */
  BlobFetch(
      HubClient client, Clock clock, HubCache cache, HubName pinned, String file, Entry entry) {
    this.client = client;
    this.clock = clock;
    this.cache = cache;
    this.pinned = pinned;
    this.file = file;
    this.bytes = entry.bytes();
    this.hash = entry.hash();
  }

  /**
   * The file's blob, fetched now unless it is in the cache.
   *
   * @throws CorruptFileException if the hub sends something else than it says
   * @throws ClusterException if it cannot be reached, after some tries
   */
  Path fetch() {
    Optional<Path> present = hash.map(cache::blob).filter(this::isWhole);
    if (present.isPresent()) {
      return present.get();
    }
    String key = hash.map(BlobHash::hex).orElseGet(() -> Sha256.ofText(pinned + "/" + file));
    Path partial = cache.partial(key);
    boolean resumed = size(partial) > 0;
    complete(partial);
    Optional<BlobHash> found = hash.map(it -> it.sameKindOf(partial));
    if (!found.equals(hash) && resumed) {
      // What an earlier run had left may be to blame: once more, from the first byte.
      delete(partial);
      complete(partial);
      found = hash.map(it -> it.sameKindOf(partial));
    }
    if (!found.equals(hash)) {
      delete(partial);
      throw new CorruptFileException(
          "File %s of %s has %s %s, but the hub says %s; run again, or check HF_ENDPOINT"
              .formatted(
                  file,
                  pinned,
                  hash.get().kind(),
                  found.map(BlobHash::hex).orElse("none"),
                  hash.get().hex()));
    }
    Path blob = cache.blob(hash.orElseGet(() -> BlobHash.git(partial)));
    try {
      Files.move(
          partial, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileFailure.writing(blob, e);
    }
    return blob;
  }

  private boolean isWhole(Path blob) {
    return Files.isRegularFile(blob) && (bytes.isEmpty() || size(blob) == bytes.getAsLong());
  }

  /** Asks for the rest until there is none. */
  private void complete(Path partial) {
    String what = "%s of %s".formatted(file, pinned);
    FetchProgress progress = FetchProgress.of(clock, what, bytes);
    int failures = 0;
    long farthest = size(partial);
    while (bytes.isEmpty() || size(partial) != bytes.getAsLong() || !Files.exists(partial)) {
      long before = size(partial);
      try {
        transfer(partial, before, progress);
        return;
      } catch (IOException e) {
        long reached = size(partial);
        failures = reached - farthest >= PROGRESS ? 1 : failures + 1;
        farthest = Math.max(farthest, reached);
        client.rest(what, failures, e);
      }
    }
  }

  private void transfer(Path partial, long from, FetchProgress progress) throws IOException {
    if (bytes.isPresent() && from > bytes.getAsLong()) {
      delete(partial);
      throw new IOException("more bytes were there than the file has");
    }
    try (HubAnswer answer = client.file(pinned, file, from)) {
      learn(answer);
      if (answer.status() == 416 || (answer.first() != from && answer.first() != 0)) {
        delete(partial);
        throw new IOException("another part came than was asked for");
      }
      append(answer, partial, progress);
    }
    if (bytes.isPresent() && size(partial) < bytes.getAsLong()) {
      throw new IOException(
          "the connection ended after %s of %s bytes".formatted(size(partial), bytes.getAsLong()));
    }
  }

  /** Takes what the listing left open from the answer; a contradiction ends it. */
  private void learn(HubAnswer answer) {
    if (hash.isPresent() && answer.hash().isPresent() && sameKind(answer.hash().get())) {
      requireSame("hash", hash.get().hex(), answer.hash().get().hex());
    }
    if (hash.isEmpty()) {
      hash = answer.hash();
    }
    if (bytes.isPresent() && answer.total().isPresent()) {
      requireSame(
          "length", Long.toString(bytes.getAsLong()), Long.toString(answer.total().getAsLong()));
    }
    if (bytes.isEmpty()) {
      bytes = answer.total();
    }
  }

  private boolean sameKind(BlobHash other) {
    return other.hex().length() == hash.orElseThrow().hex().length();
  }

  private void requireSame(String what, String listed, String answered) {
    if (!listed.equals(answered)) {
      throw new CorruptFileException(
          ("File %s of %s has %s %s in the hub's list, but %s in its answer; run again, or check"
                  + " HF_ENDPOINT")
              .formatted(file, pinned, what, listed, answered));
    }
  }

  private void append(HubAnswer answer, Path partial, FetchProgress progress) throws IOException {
    try (FileChannel channel = open(partial);
        InputStream body = answer.body()) {
      long place = answer.first();
      truncate(channel, partial, place);
      byte[] block = new byte[BLOCK];
      for (int count = body.read(block); count >= 0; count = body.read(block)) {
        if (bytes.isPresent() && place + count > bytes.getAsLong()) {
          throw new CorruptFileException(
              "File %s of %s goes on after the %s bytes that the hub says; check HF_ENDPOINT"
                  .formatted(file, pinned, bytes.getAsLong()));
        }
        write(channel, partial, ByteBuffer.wrap(block, 0, count), place);
        place += count;
        progress.reached(place);
        if (Thread.currentThread().isInterrupted()) {
          throw new ClusterException(
              "Interrupted while %s of %s was fetched".formatted(file, pinned));
        }
      }
      force(channel, partial);
    }
  }

  // What the disk refuses no other try mends, so it is told apart from what the network refuses.

  private static FileChannel open(Path partial) {
    try {
      Files.createDirectories(partial.getParent());
      return FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileFailure.writing(partial, e);
    }
  }

  private static void truncate(FileChannel channel, Path partial, long size) {
    try {
      channel.truncate(size);
    } catch (IOException e) {
      throw FileFailure.writing(partial, e);
    }
  }

  private static void write(FileChannel channel, Path partial, ByteBuffer bytes, long place) {
    try {
      long next = place;
      while (bytes.hasRemaining()) {
        next += channel.write(bytes, next);
      }
    } catch (IOException e) {
      throw FileFailure.writing(partial, e);
    }
  }

  private static void force(FileChannel channel, Path partial) {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw FileFailure.writing(partial, e);
    }
  }

  private static long size(Path partial) {
    try {
      return Files.exists(partial) ? Files.size(partial) : 0;
    } catch (IOException e) {
      throw FileFailure.reading(partial, e);
    }
  }

  private static void delete(Path partial) {
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      throw FileFailure.writing(partial, e);
    }
  }
}
