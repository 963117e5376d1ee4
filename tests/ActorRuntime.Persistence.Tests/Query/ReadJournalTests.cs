using ActorRuntime.Actor;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Query;

public sealed class ReadJournalTests
{
    [Fact, Trait("Requirement", "AR-4")]
    public async Task Queries_give_back_what_actors_stored()
    {
        await using var system = ActorSystem.Create("query", Patience.Config);
        using var user = new TestProbe(system);
        foreach (var id in new[] { "b", "a" })
        {
            user.Send(system.ActorOf(Props.Create(() => new Ledger(id, user.Ref, Recovery.Default))), new Ledger.WriteAll("x", "y", "z"));
            user.FishForMessage<string>(text => text == "wrote z 3");
        }
        var queries = Persistence.Instance.Get(system).ReadJournalFor("");

        Assert.Equal(["a", "b"], await Collect(queries.CurrentPersistenceIds()));
        var events = await Collect(queries.CurrentEventsByPersistenceId("a", 2));
        Assert.Equal([(2L, new Entry("y")), (3L, new Entry("z"))], events.Select(envelope => (envelope.SequenceNr, (Entry)envelope.Event)));
    }

    private static async Task<List<T>> Collect<T>(IAsyncEnumerable<T> source)
    {
        var all = new List<T>();
        await foreach (var item in source) all.Add(item);
        return all;
    }
}
