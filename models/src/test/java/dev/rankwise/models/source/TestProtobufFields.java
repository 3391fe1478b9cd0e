package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TestProtobufFields {
  @Test
  void readsEveryWireType() throws MalformedException {
    ProtobufFields fields =
        fields("089601" + "12026869" + "19" + "0100000000000080" + "25ffffffff");
    assertThat(fields.next()).isTrue();
    assertThat(fields.number()).isEqualTo(1);
    assertThat(fields.varint()).isEqualTo(150);
    assertThat(fields.isBytes()).isFalse();
    assertThat(fields.next()).isTrue();
    assertThat(fields.isBytes()).isTrue();
    assertThat(fields.text()).isEqualTo("hi");
    assertThat(fields.bytes().remaining()).isEqualTo(2);
    assertThat(fields.next()).isTrue();
    assertThat(fields.number()).isEqualTo(3);
    assertThat(fields.next()).isTrue();
    assertThat(fields.number()).isEqualTo(4);
    assertThat(fields.next()).isFalse();
  }

  @Property
  void readsEveryNumberBack(@ForAll long value) throws MalformedException {
    ProtobufFields fields = new ProtobufFields(new ProtobufBytes().varint(7, value).buffer());
    assertThat(fields.next()).isTrue();
    assertThat(fields.varint()).isEqualTo(value);
    ProtobufFields packed = new ProtobufFields(new ProtobufBytes().raw(value).raw(3).buffer());
    assertThat(packed.nextPacked()).isTrue();
    assertThat(packed.varint()).isEqualTo(value);
    assertThat(packed.nextPacked()).isTrue();
    assertThat(packed.varint()).isEqualTo(3);
    assertThat(packed.nextPacked()).isFalse();
  }

  static Stream<Arguments> malformedMessages() {
    return Stream.of(
        arguments("08", "1 bytes are announced where 0 are left"),
        arguments("0880", "1 bytes are announced where 0 are left"),
        arguments("08ffffffffffffffffffff01", "more than 64 bits"),
        arguments("08ffffffffffffffffff7f", "more than 64 bits"),
        arguments("1205ffff", "5 bytes are announced where 2 are left"),
        arguments("12ffffffffffffffffff01", "18446744073709551615 bytes are announced"),
        arguments("12ffffffff7f", "are announced where 0 are left"),
        arguments("1901", "8 bytes are announced where 1 are left"),
        arguments("2501", "4 bytes are announced where 1 are left"),
        arguments("0b", "wire type 3 is not allowed"),
        arguments("0c", "wire type 4 is not allowed"),
        arguments("0e", "wire type 6 is not allowed"),
        arguments("00", "field number 0 is not allowed"),
        arguments("80808080808080808001", "field number 1152921504606846976 is not allowed"));
  }

  @ParameterizedTest
  @MethodSource("malformedMessages")
  void refusesAMalformedMessage(String hex, String message) {
    assertThatThrownBy(() -> fields(hex).next())
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAFieldOfAnotherType() throws MalformedException {
    ProtobufFields number = fields("0801");
    number.next();
    assertThatThrownBy(number::bytes).hasMessage("field 1 is not a run of bytes");
    assertThatThrownBy(number::text).hasMessage("field 1 is not a run of bytes");
    ProtobufFields text = fields("0a01ff");
    text.next();
    assertThatThrownBy(text::varint).hasMessage("field 1 is not a number");
    assertThatThrownBy(text::text).hasMessage("field 1 is not UTF-8");
  }

  private static ProtobufFields fields(String hex) {
    return new ProtobufFields(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }
}
