using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

/// <summary>
/// Goal: a table changes how fast a handler is found, never which one.
/// Method: declarations and messages from a seed, against a loop over the declarations that is the definition.
/// </summary>
[Trait("Requirement", "AR-1")]
public sealed class MessageHandlersTests
{
    private static readonly object[] Messages =
        ["text", 1, 2L, DayOfWeek.Monday, new TimeoutException(), new InvalidOperationException(), new int[1], new uint[1], new List<string>(), new Version(1, 0)];

    private static readonly Form[] Forms =
    [
        Form.Of<string>(), Form.Of<int>(), Form.Of<int?>(), Form.Of<long>(), Form.Of<Exception>(), Form.Of<TimeoutException>(), Form.Of<int[]>(),
        Form.Of<IEnumerable<object>>(), Form.Of<IComparable>(), Form.Of<Enum>(), Form.Of<DayOfWeek>(), Form.Of<object>(),
        Form.OfType(typeof(string)), Form.OfType(typeof(IComparable)), Form.OfType(typeof(Exception)), Form.OfType(typeof(object)),
    ];

    [Fact]
    public void First_declared_match_that_does_not_decline_has_the_message()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var (handlers, log, sent) = (new MessageHandlers(), new List<int>(), 0);
            var declared = new List<(Form Form, Kind Kind)>();
            DeclareSome();
            for (; sent < 60; sent++)
            {
                if (sent == 40) DeclareSome();
                var message = Messages[random.Next(Messages.Length)];
                var expected = Enumerable.Range(0, declared.Count).FirstOrDefault(Takes, -1);
                log.Clear();
                var handled = handlers.TryHandle(message);
                Assert.True(handled == expected >= 0, $"seed {seed}, message {sent}: {message} handled: {handled}, by definition by {expected}");
                Assert.True(log.SequenceEqual(handled ? [expected] : []), $"seed {seed}, message {sent}: {message} went to [{string.Join(", ", log)}]");

                bool Takes(int number) =>
                    declared[number].Form.Matches(message) && (declared[number].Kind == Kind.Always || !Declines(number));
            }

            bool Declines(int number) => (number + sent) % 3 != 0;

            void DeclareSome()
            {
                for (var more = random.Next(12); more > 0; more--)
                {
                    var (number, form, kind) = (declared.Count, Forms[random.Next(Forms.Length)], (Kind)random.Next(3));
                    declared.Add((form, kind));
                    form.Declare(handlers, kind, () => Declines(number), () => log.Add(number));
                }
            }
        }
    }

    [Fact]
    public void Handlers_of_the_same_types_in_another_order_are_not_mixed_up()
    {
        var log = new List<string>();
        var (one, other) = (new MessageHandlers(), new MessageHandlers());
        foreach (var handlers in new[] { one, other })
        {
            Fill(handlers);
            if (handlers == one) handlers.Add<Exception>(_ => log.Add("exception"), null);
            handlers.Add<TimeoutException>(_ => log.Add("time-out"), null);
            if (handlers == other) handlers.Add<Exception>(_ => log.Add("exception"), null);
        }

        for (var round = 0; round < 2; round++)
        {
            one.TryHandle(new TimeoutException());
            other.TryHandle(new TimeoutException());
        }

        Assert.Equal(["exception", "time-out", "exception", "time-out"], log);
    }

    [Fact]
    public void Messages_through_a_table_allocate_nothing()
    {
        var (handlers, count) = (new MessageHandlers(), 0);
        Fill(handlers);
        handlers.Add<string>(_ => count++, text => text.Length == 1);
        handlers.Add<int>(_ => count++, null);
        handlers.Add<string>(_ => count++, null);
        object[] messages = ["text", 1, new Version(1, 0)];
        SendAll(messages);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++) SendAll(messages);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3_000 - 1); // The runtime's own, when it compiles again what is hot.
        Assert.Equal(2_002, count);

        void SendAll(object[] all)
        {
            foreach (var message in all) handlers.TryHandle(message);
        }
    }

    [Fact]
    public void Actors_on_several_threads_share_what_they_find()
    {
        object[] messages = [.. typeof(object).Assembly.GetExportedTypes().Where(type => type.IsEnum).Take(200).Select(type => Enum.ToObject(type, 1))];
        Parallel.For(0, 64, run =>
        {
            var (handlers, log) = (new MessageHandlers(), new List<object>());
            Fill(handlers);
            handlers.Add<DayOfWeek>(_ => log.Add("day"), null);
            handlers.Add<Enum>(log.Add, null);
            for (var i = 0; i < messages.Length; i++)
            {
                var message = messages[(i + run) % messages.Length];
                Assert.True(handlers.TryHandle(message));
                Assert.Equal(message is DayOfWeek ? "day" : message, log[^1]);
            }
        });
    }

    private static void Fill(MessageHandlers handlers)
    {
        handlers.Add<Uri>(_ => { }, null);
        handlers.Add<Task>(_ => { }, null);
        handlers.Add<Guid>(_ => { }, null);
        handlers.Add<decimal>(_ => { }, null);
        handlers.Add<DateTime>(_ => { }, null);
    }

    private enum Kind
    {
        Always,
        Predicate,
        Function,
    }

    private sealed record Form(Func<object, bool> Matches, Action<MessageHandlers, Kind, Func<bool>, Action> Declare)
    {
        public static Form Of<T>() => new(message => message is T, (handlers, kind, declines, run) =>
        {
            if (kind == Kind.Function) handlers.Add<T>(_ => Function(declines, run));
            else handlers.Add<T>(_ => run(), kind == Kind.Always ? null : _ => !declines());
        });

        public static Form OfType(Type type) => new(type.IsInstanceOfType, (handlers, kind, declines, run) =>
        {
            if (kind == Kind.Function) handlers.Add(type, _ => Function(declines, run));
            else handlers.Add(type, _ => run(), kind == Kind.Always ? null : _ => !declines());
        });

        private static bool Function(Func<bool> declines, Action run)
        {
            if (declines()) return false;
            run();
            return true;
        }
    }
}
