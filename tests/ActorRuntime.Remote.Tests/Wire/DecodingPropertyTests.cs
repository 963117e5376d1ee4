using ActorRuntime.Actor;
using ActorRuntime.Remote.Transport;
using ActorRuntime.Remote.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace ActorRuntime.Remote.Tests.Wire;

/// <summary>Goal: what is inside a frame is read, or refused by a <see cref="WireException"/>; nothing else is ever thrown. Method: drawn bytes,
/// and fields as a peer would write them, in any order and with any values.</summary>
[Trait("Requirement", "AR-2")]
public sealed class DecodingPropertyTests : RemoteTestBase
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements(
            "", "/", "//", "/user", "/user/a", "/user/a#7", "/user/a#99999999999999999999", "user/a", "#", "$a", "/user/%zz", "/user/ä ö", "\0",
            "actor-runtime.tcp://b@127.0.0.1:1/user/x", "actor-runtime.tcp://b@127.0.0.1:99999/user/x", "actor-runtime.tcp://@:/", "akka://x/y", "://"),
        ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && !text.Any(char.IsSurrogate)));

    private static readonly Gen<Field> Fields = Gen.Frequency(
        (3, Gen.Choose(0, 5).Select(Field (number) => new Field.Number((ulong)number))),
        (1, ArbMap.Default.GeneratorFor<ulong>().Select(Field (number) => new Field.Number(number))),
        (2, Text.Select(Field (text) => new Field.Words(text))),
        (1, ArbMap.Default.GeneratorFor<long>().Select(Field (number) => new Field.Fixed(number))),
        (1, ArbMap.Default.GeneratorFor<byte>().Select(Field (value) => new Field.Byte(value))));

    private static readonly Arbitrary<Body> Bodies = Arb.From(
        Fields.ArrayOf().Resize(12).Select(fields => new Body(fields)),
        body => Enumerable.Range(0, body.Fields.Length).Select(i => new Body([.. body.Fields[..i], .. body.Fields[(i + 1)..]])));

    private static readonly Gen<Hello> Hellos =
        from lane in Gen.Elements(LaneKind.Control, LaneKind.Data, LaneKind.Bulk)
        from index in Gen.Choose(0, 127)
        from uid in ArbMap.Default.GeneratorFor<long>()
        from addresses in Text.Where(text => text.Length < 250).Two()
        select new Hello(lane, index, uid, addresses.Item1, addresses.Item2);

    [Fact]
    public void A_handshake_is_read_as_it_was_written() => Prop.ForAll(Hellos.ToArbitrary(), hello =>
    {
        Assert.Equal(hello, Hello.Read(FrameKind.Hello, Written(hello.Write), out _));
        var reply = new HelloReply(hello.FromUid, RefusalReason.WrongAddress, hello.To);
        Assert.Equal(reply, HelloReply.Read(FrameKind.Refused, Written(reply.Write)));
    }).Check(Config(1_000));

    [Fact]
    public void No_part_of_a_handshake_passes() => Prop.ForAll(Hellos.ToArbitrary(), Gen.Choose(0, 10_000).ToArbitrary(), (hello, cut) =>
    {
        var body = Written(hello.Write);
        Assert.Throws<WireException>(() => Hello.Read(FrameKind.Hello, body.AsMemory(0, cut % body.Length), out _));
    }).Check(Config(1_000));

    [Fact]
    public void Any_handshake_is_read_or_refused() => Prop.ForAll(Bodies, ArbMap.Default.ArbFor<byte>(), (body, kind) =>
    {
        var bytes = body.Bytes();
        ReadOrRefuse(() => Hello.Read((FrameKind)(kind % 9), bytes, out _));
        ReadOrRefuse(() => HelloReply.Read((FrameKind)(kind % 9), bytes));
        // As if the first fields were right.
        byte[] greeting = [.. Written(new Hello(LaneKind.Data, 0, 1, "", "").Write).AsSpan(0, 9), .. bytes];
        ReadOrRefuse(() => Hello.Read(FrameKind.Hello, greeting, out _));
    }).Check(Config(3_000));

    [Fact]
    public void Any_head_of_a_message_is_read_or_refused()
    {
        var system = (ExtendedActorSystem)StartSystem("a");
        var peer = Address.Parse("actor-runtime.tcp://b@127.0.0.1:1");
        Prop.ForAll(Bodies, body =>
        {
            var decoder = new MessageDecoder((RemoteActorRefProvider)system.Provider, system.Serialization, peer);
            ReadOrRefuse(() =>
            {
                // One after the other on one connection: slots are assigned and used.
                for (var reader = new WireReader(body.Bytes()); !reader.IsAtEnd;) decoder.ReadHead(ref reader);
            });
        }).Check(Config(5_000));
    }

    private static void ReadOrRefuse(Action read)
    {
        try
        {
            read();
        }
        catch (WireException)
        {
            // Refused, as it should be.
        }
    }

    private static byte[] Written(Action<FrameWriter> write)
    {
        using var writer = new FrameWriter();
        write(writer);
        return writer.Written[(FrameReader.HeaderBytes + 1)..].ToArray();
    }

    private static Config Config(int count) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count);

    private abstract record Field
    {
        private Field() { }

        public abstract void Write(FrameWriter writer);

        public sealed record Number(ulong Value) : Field
        {
            public override void Write(FrameWriter writer) => writer.WriteVarint(Value);
        }

        public sealed record Words(string Value) : Field
        {
            public override void Write(FrameWriter writer) => writer.WriteString(Value);
        }

        public sealed record Fixed(long Value) : Field
        {
            public override void Write(FrameWriter writer) => writer.WriteInt64(Value);
        }

        public sealed record Byte(byte Value) : Field
        {
            public override void Write(FrameWriter writer) => writer.WriteByte(Value);
        }
    }

    private sealed record Body(Field[] Fields)
    {
        public byte[] Bytes()
        {
            using var writer = new FrameWriter();
            foreach (var field in Fields) field.Write(writer);
            return writer.Written.ToArray();
        }

        public override string ToString() => string.Join(", ", Fields.AsEnumerable());
    }
}
