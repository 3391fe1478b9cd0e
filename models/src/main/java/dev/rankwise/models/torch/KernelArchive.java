package dev.rankwise.models.torch;

import dev.rankwise.models.failure.InternalException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Wraps a program text in the archive that libtorch's loader reads.
 *
 * <p>The archive is a stored zip of four entries. Order, times and names are fixed, so one text
 * gives one sequence of bytes.
 *
 * <table>
 * <caption>Entries</caption>
 * <tr><th>entry</th><th>content</th></tr>
 * <tr><td>{@code k/data.pkl}</td><td>pickle, protocol 2: an object of class {@code
 * __torch__.Kernels} whose attribute {@code training} is false</td></tr>
 * <tr><td>{@code k/code/__torch__.py}</td><td>the text, UTF-8</td></tr>
 * <tr><td>{@code k/constants.pkl}</td><td>pickle, protocol 2: an empty tuple</td></tr>
 * <tr><td>{@code k/version}</td><td>{@code 10}, newline: the operator versions of libtorch 2.x</td></tr>
 * </table>
 */
final class KernelArchive {
  private static final String CLASS_HEADER =
      """
      class Kernels(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  private KernelArchive() {}

  /** The archive of a class made of the given method texts. */
  static byte[] of(String methods) {
    String source = CLASS_HEADER + methods;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(source.length() + 1024);
    try (ZipOutputStream zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
      store(zip, "k/data.pkl", moduleObject());
      store(zip, "k/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "k/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      store(zip, "k/version", "10\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new InternalException("Cannot build a kernel archive in memory", e);
    }
    return bytes.toByteArray();
  }

  /** Pickle opcodes: class, empty tuple, new object, dictionary with one item, build, stop. */
  private static byte[] moduleObject() {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(0x80);
    pickle.write(2);
    pickle.writeBytes("c__torch__\nKernels\n".getBytes(StandardCharsets.US_ASCII));
    pickle.writeBytes(new byte[] {')', (byte) 0x81, '}', '('});
    byte[] attribute = "training".getBytes(StandardCharsets.US_ASCII);
    pickle.writeBytes(new byte[] {'X', (byte) attribute.length, 0, 0, 0});
    pickle.writeBytes(attribute);
    pickle.writeBytes(new byte[] {(byte) 0x89, 'u', 'b', '.'});
    return pickle.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(checksum.getValue());
    entry.setTime(0L);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
