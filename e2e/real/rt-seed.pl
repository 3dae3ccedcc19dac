# Fills an empty Request Tracker with what the tests need, and prints the tokens of its users as NAME=TOKEN lines.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT->LoadConfig;
RT->Init;

my $system = RT->SystemUser;

sub must { my ($id, $message) = @_; die "$message\n" unless $id; return $id }

sub user {
    my ($name, $own, @rights) = @_;
    my $user = RT::User->new($system);
    must($user->Create(Name => $name, RealName => ucfirst $name, EmailAddress => "$name\@example.test", Privileged => 1, Timezone => 'UTC', %$own));
    must($user->PrincipalObj->GrantRight(Right => $_, Object => RT->System)) for @rights;
    my $key = RT::AuthToken->new($system);
    my ($id, $message, $token) = $key->Create(Owner => $user->Id, Description => 'tests');
    must($id, $message);
    printf "%s=%s\n", uc $name, $token;
}

my $support = RT::Queue->new($system);
must($support->Create(Name => 'Support', Description => 'Questions of customers'));

# Our marker: on tickets, and on what is said on them.
for my $type (RT::Ticket->CustomFieldLookupType, RT::Transaction->CustomFieldLookupType) {
    my $field = RT::CustomField->new($system);
    must($field->Create(Name => 'Entente', Type => 'FreeformSingle', LookupType => $type));
    must($field->AddToObject(RT::Queue->new($system)));
}

my @needed = qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField ModifyCustomField);
user(entente => {}, @needed);
user(staff => {}, @needed, qw(OwnTicket DeleteTicket));
user(agent => { Timezone => 'Asia/Tokyo', Lang => 'de' }, @needed);
user(visitor => {}, qw(SeeQueue ShowTicket SeeCustomField));

# Nothing is sent to anybody.
my $scrips = RT::Scrips->new($system);
$scrips->UnLimit;
while (my $scrip = $scrips->Next) {
    must($scrip->SetDisabled(1)) if $scrip->ActionObj->Name =~ /^(?:Notify|Autoreply)/;
}
