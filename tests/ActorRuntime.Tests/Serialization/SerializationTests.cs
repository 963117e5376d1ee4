using System.Buffers;
using System.Text;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Routing;
using ActorRuntime.Serialization;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests;

[Trait("Requirement", "AR-2")]
public sealed class SerializationTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("serialization", ActorSystemSetup.Create(
        SerializationSetup.Create()
            .WithSerializer("shout", system => new ShoutSerializer(system), typeof(IShout))
            .WithType<Foreign>("foreign")));

    private ActorRuntime.Serialization.Serialization Serialization => _system.Serialization;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    public static TheoryData<object> Messages =>
    [
        "", "größe", 0, int.MinValue, int.MaxValue, long.MinValue, 300L, true, false, 0.1, double.NaN, 1.5f, 12.50m, Done.Instance, TimeSpan.FromMilliseconds(1.5),
        new Guid("11111111-2222-3333-4444-555555555555"), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
        new Address("actor-runtime.tcp", "s", "host", 1), PoisonPill.Instance, Kill.Instance,
        new Plain("name", 3), new Nested(new Plain("in", 1), null), new Nested("text", new Circle(3)), new Nested(12.5m, new Circle(2)), new Circle(1.5), new Foreign(4),
        new Plain("with default", 1) { Note = "set" },
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_come_back_equal(object message) => Assert.Equal(message, RoundTrip(message));

    [Fact]
    public void Wrapped_messages_come_back()
    {
        Assert.Equal(new byte[] { 1, 2, 3 }, RoundTrip(new byte[] { 1, 2, 3 }));
        Assert.Equal(new Plain("x", 1), ((Status.Success)RoundTrip(new Status.Success(new Plain("x", 1)))).Result);
        Assert.Null(((Status.Success)RoundTrip(new Status.Success(null))).Result);
        Assert.Equal(5, ((Identify)RoundTrip(new Identify(5))).MessageId);
        var failure = (Status.Failure)RoundTrip(new Status.Failure(new TimeoutException("late"), "state"));
        Assert.Equal(("late", "state"), (failure.Cause.Message, failure.State));
        Assert.Equal(typeof(TimeoutException).FullName, Assert.IsType<RemoteFailureException>(failure.Cause).TypeName);
    }

    [Fact]
    public void Envelopes_for_routers_come_back()
    {
        Assert.Equal(new Plain("x", 1), ((Broadcast)RoundTrip(new Broadcast(new Plain("x", 1)))).Message);
        var keyed = (ConsistentHashableEnvelope)RoundTrip(new ConsistentHashableEnvelope(new Plain("x", 1), "key"));
        Assert.Equal((new Plain("x", 1), "key"), (keyed.Message, keyed.HashKey));
    }

    [Fact]
    public void References_are_resolved_on_arrival_alone_and_inside_records()
    {
        var actor = _system.ActorOf(Props.Create(() => new Silent()), "silent");
        Assert.Same(actor, RoundTrip(actor));
        Assert.Same(actor, ((WithRef)RoundTrip(new WithRef(actor))).Ref);
        Assert.Null(((WithRef)RoundTrip(new WithRef(null))).Ref);
        Assert.Same(actor, ((ActorIdentity)RoundTrip(new ActorIdentity(1, actor))).Subject);
    }

    [Fact]
    public void Bound_interface_takes_its_serializer_and_its_manifest()
    {
        var serializer = Serialization.FindSerializerFor(new Shout("hey"));
        Assert.IsType<ShoutSerializer>(serializer);
        Assert.Same(serializer, Serialization.FindSerializerForType(typeof(Shout)));
        Assert.Equal(new Shout("HEY"), RoundTrip(new Shout("hey")));
    }

    [Fact]
    public void Types_without_a_wire_name_are_refused_on_both_sides()
    {
        var refused = Assert.Throws<SerializationException>(() => RoundTrip(new NotAllowed()));
        Assert.Contains("[WireType(\"name\")]", refused.Message);
        Assert.False(Serialization.CanSerialize(typeof(NotAllowed)));
        foreach (var manifest in new[] { typeof(NotAllowed).FullName!, typeof(NotAllowed).AssemblyQualifiedName!, "", "test-plain", "test-plain:2" })
        {
            Assert.Throws<SerializationException>(() => Serialization.Deserialize("{}"u8.ToArray(), 2, manifest));
        }
        Assert.Throws<SerializationException>(() => Serialization.Deserialize([], 4711, "x"));
    }

    [Fact]
    public void Fields_may_be_added_and_required_ones_may_not_be_missing()
    {
        Assert.Equal(new Plain("a", 1), Read("test-plain:1", """{"Name":"a","Count":1,"Later":[1,2]}"""));
        Assert.Throws<SerializationException>(() => Read("test-plain:1", """{"Name":"a"}"""));
        Assert.Throws<SerializationException>(() => Read("test-plain:1", """{"Name":null,"Count":1}"""));
        Assert.Throws<SerializationException>(() => Read("test-plain:1", "null"));
    }

    [Fact]
    public void Broken_bytes_throw_serialization_exceptions_only()
    {
        var manifests = new[] { "test-plain:1", "test-nested:1", "test-ref:1", "test-circle:1", "decimal:1", "address:1" };
        var builtIn = new[] { "s", "b", "l", "i", "t", "d", "done", "ref", "sel", "ok", "fail", "who", "me" };
        for (var seed = 0UL; seed < 2000; seed++)
        {
            var random = new Prng(seed);
            var writer = new ArrayBufferWriter<byte>();
            var (id, manifest) = Serialization.Serialize(new Nested(new Plain("abc", 1), new Circle(2)), writer);
            var bytes = writer.WrittenSpan.ToArray();
            for (var i = random.Next() % 5; i > 0; i--) bytes[random.Next() % (ulong)bytes.Length] = (byte)random.Next();
            bytes = bytes[..(int)(random.Next() % (ulong)(bytes.Length + 1))];
            if (random.Chance(50)) (id, manifest) = (1, builtIn[random.Next() % (ulong)builtIn.Length]);
            else if (random.Chance(50)) manifest = manifests[random.Next() % (ulong)manifests.Length];
            try
            {
                Serialization.Deserialize(bytes, id, manifest);
            }
            catch (Exception e) when (e is SerializationException or OverflowException)
            {
                // Refused, as it should be.
            }
            catch (Exception e) when (e is not (SerializationException or OverflowException))
            {
                Assert.Fail($"seed {seed}, {manifest}: {e}");
            }
        }
    }

    [Fact]
    public async Task Configuration_binds_serializers_and_names_what_it_cannot_find()
    {
        const string configuration = """
            actor-runtime.actor {
              serializers { shouting = "ActorRuntime.Tests.SerializationTests+ShoutSerializer, ActorRuntime.Tests" }
              serialization-bindings { "ActorRuntime.Tests.SerializationTests+IShout, ActorRuntime.Tests" = shouting }
            }
            """;
        var system = ActorSystem.Create("configured", ConfigurationFactory.ParseString(configuration));
        Assert.IsType<ShoutSerializer>(system.Serialization.FindSerializerFor(new Shout("x")));
        await system.Terminate();

        var broken = ActorSystem.Create("broken", ConfigurationFactory.ParseString(configuration.Replace("= shouting", "= nobody", StringComparison.Ordinal)));
        Assert.Contains("nobody", Assert.Throws<ConfigurationException>(() => broken.Serialization).Message);
        await broken.Terminate();
    }

    [Fact]
    public void Two_types_under_one_name_are_an_error_that_names_both()
    {
        var setup = ActorSystemSetup.Create(SerializationSetup.Create().WithType<NotAllowed>("twice").WithType<Foreign>("twice"));
        var system = ActorSystem.Create("twice", setup);
        var error = Assert.Throws<ArgumentException>(() => system.Serialization);
        Assert.Contains(nameof(NotAllowed), error.Message);
        Assert.Contains(nameof(Foreign), error.Message);
        _ = system.Terminate();
    }

    private object Read(string manifest, string json) => Serialization.Deserialize(Encoding.UTF8.GetBytes(json), 2, manifest);

    private object RoundTrip(object message)
    {
        var writer = new ArrayBufferWriter<byte>();
        var (id, manifest) = Serialization.Serialize(message, writer);
        var serializer = Serialization.FindSerializerFor(message);
        Assert.Equal(writer.WrittenSpan.ToArray(), serializer.ToBinary(message));
        return Serialization.Deserialize(writer.WrittenMemory, id, manifest);
    }

    [WireType("test-plain")]
    public sealed record Plain(string Name, int Count, string? Note = null);

    [WireType("test-nested")]
    public sealed record Nested(object Payload, Shape? Shape);

    public abstract record Shape;

    [WireType("test-circle")]
    public sealed record Circle(double Radius) : Shape;

    [WireType("test-ref")]
    public sealed record WithRef(IActorRef? Ref);

    public sealed record NotAllowed;

    public sealed record Foreign(int Number);

    public interface IShout;

    public sealed record Shout(string Text) : IShout;

    private sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    public sealed class ShoutSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 99;

        public override string Manifest(object o) => "shout";

        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((Shout)obj).Text.ToUpperInvariant());

        public override object FromBinary(byte[] bytes, string manifest) =>
            manifest == "shout" ? new Shout(Encoding.UTF8.GetString(bytes)) : throw new SerializationException(manifest);
    }
}
