using ActorRuntime.Actor;
using ActorRuntime.Routing;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Routing;

/// <summary>
/// Goal: while many threads send through a pool that grows, each message arrives once.
/// Method: the production executor; growth by message and by resizer, counted at the routees.
/// </summary>
[Trait("Requirement", "AR-1")]
public sealed class RouterConcurrencyTests : IAsyncLifetime
{
    private const int Senders = 4;
    private const int Count = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ActorSystem _system = ActorSystem.Create("routers");
    private readonly int[] _arrivals = new int[Senders * Count];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = Senders * Count;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Patience);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_message_arrives_once_while_the_pool_grows(bool byResizer)
    {
        var pool = byResizer
            ? new RoundRobinPool(1, new DefaultResizer(1, 8, pressureThreshold: 0, backoffThreshold: 0, messagesPerResize: 100))
            : new RoundRobinPool(1);
        var router = _system.ActorOf(FunctionActor.Props((message, _) => Arrive((int)message)).WithRouter(pool));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                if (!byResizer && i % (Count / 4) == 1) router.Tell(new AdjustPoolSize(1), ActorRefs.NoSender);
                router.Tell((sender * Count) + i, ActorRefs.NoSender);
            }
        })));
        await _done.Task.WaitAsync(Patience);
        Assert.All(_arrivals, times => Assert.Equal(1, times));
        var routees = (await router.Ask<Routees>(new GetRoutees(), Patience)).Members.Count();
        if (!byResizer) Assert.Equal(1 + (Senders * 4), routees);
        Assert.InRange(routees, 1, byResizer ? 8 : 17);
    }

    private void Arrive(int number)
    {
        Interlocked.Increment(ref _arrivals[number]);
        if (Interlocked.Decrement(ref _left) == 0) _done.TrySetResult();
    }
}
