package dev.rankwise.models.remote;

import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a hub calls the content of a file, and names it by in its cache: the SHA-256 of a large
 * file, and Git's own name of a small one, {@code SHA-1("blob " + length + "\0" + content)}.
 *
 * @param hex 64 or 40 digits of lower-case hex
 */
record BlobHash(String hex) {
  private static final Pattern GIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern ETAG = Pattern.compile("(?:W/)?\"?([^\"]*)\"?");
  private static final int BLOCK = 1 << 16;

  /** The hash that a text is, if it is one. */
  static Optional<BlobHash> of(String text) {
    return Sha256.isHash(text) || GIT.matcher(text).matches()
        ? Optional.of(new BlobHash(text))
        : Optional.empty();
  }

  /** The hash in an {@code ETag} header, if it is one. */
  static Optional<BlobHash> ofEtag(String etag) {
    return Optional.of(ETAG.matcher(etag.strip()))
        .filter(matcher -> matcher.matches())
        .flatMap(matcher -> of(matcher.group(1)));
  }

  /** Git's name of a file's content. */
  static BlobHash git(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
      byte[] block = new byte[BLOCK];
      for (int count = in.read(block); count >= 0; count = in.read(block)) {
        digest.update(block, 0, count);
      }
      return new BlobHash(HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-1", e);
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  /** The hash of the same kind of what a file holds. */
  BlobHash sameKindOf(Path file) {
    return Sha256.isHash(hex) ? new BlobHash(Sha256.ofFile(file)) : git(file);
  }

  /** The kind, as messages name it. */
  String kind() {
    return Sha256.isHash(hex) ? "SHA-256" : "Git hash";
  }
}
