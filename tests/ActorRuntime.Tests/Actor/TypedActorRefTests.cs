using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class TypedActorRefTests : ActorTest
{
    private interface IAccount;

    [Fact]
    public void Tell_and_ask_reach_the_actor_underneath_with_the_types_of_the_messages()
    {
        var total = 0;
        var account = System.ActorOf(FunctionActor.Props((message, context) =>
        {
            if (message is Deposit deposit) total += deposit.Amount;
            if (message is GetBalance) context.Sender.Tell(total);
        })).Typed<IAccount>();
        account.Tell(new Deposit(3));
        account.Tell(new Deposit(4));
        Task<int> answer = account.Ask(new GetBalance());
        Assert.Equal(7, Result(answer));
    }

    [Fact]
    public void Typed_references_to_one_actor_are_equal_and_one_for_a_base_serves_for_what_derives()
    {
        var actor = System.ActorOf(Props.Empty);
        Assert.Equal(actor.Typed<IAccount>(), actor.Typed<IAccount>());
        IActorRef<Deposit> narrower = actor.Typed<IAccount>();
        Assert.Equal(actor, narrower.Untyped);
    }

    [Fact]
    public void A_request_that_is_none_of_its_messages_is_refused()
    {
        var account = System.ActorOf(Props.Empty).Typed<IAccount>();
        Assert.Throws<ArgumentException>(() => { _ = account.Ask(new Foreign()); });
    }

    private sealed record Deposit(int Amount) : IAccount;

    private sealed record GetBalance : IAccount, IRequest<int>;

    private sealed record Foreign : IRequest<int>;
}
